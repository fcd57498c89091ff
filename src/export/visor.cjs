// Answers what the site has, and gives its headers to what the application answers itself.
// Written by tower-visor. In Express: `app.use(require('./visor.cjs'))`, before everything else.
const fs = require('fs'), path = require('path');
const table = JSON.parse(fs.readFileSync(path.join(__dirname, 'visor-table.json'), 'utf8'));
module.exports = (request, response, next) => {
  const url = request.url.split('?')[0], isRead = ['GET', 'HEAD'].includes(request.method);
  let decoded = url; try { decoded = decodeURIComponent(url); } catch { /* found nowhere */ }
  const deep = () => isRead && table.patterns.find(page => new RegExp(page.pattern, 's').test(decoded));
  const answer = Object.hasOwn(table.paths, url) ? table.paths[url] : !url.startsWith(table.sdk) && deep();
  const set = headers => { for (const name in headers) response.setHeader(name, headers[name]); };
  const end = (status, headers) => { response.statusCode = status; set(headers); response.end(); };
  if (isRead && Object.hasOwn(table.redirects, url)) {
    return end(307, { ...table.moved, location: table.redirects[url] + request.url.slice(url.length) });
  }
  if (!answer) { set(table.api.other); response.removeHeader('x-powered-by'); return url.startsWith(table.sdk) ? end(404, table['missing-sdk']) : next ? next() : end(404, table.missing); }
  if (!isRead) return end(405, { ...table.missing, allow: 'GET, HEAD' });
  const takes = coding => new RegExp(`\\b${coding}\\b(?!\\s*;\\s*q=0(?![.]0*[1-9]))`).test(request.headers['accept-encoding'] ?? '');
  const copy = answer.copies.find(end => takes({ br: 'br', gz: 'gzip' }[end]));
  const bytes = fs.readFileSync(path.join(__dirname, answer.file + (copy ? `.${copy}` : '')));
  const tag = `"${require('crypto').createHash('sha256').update(bytes).digest('base64')}"`;
  set({ ...answer.headers, etag: tag, ...(answer.copies.length && { vary: 'accept-encoding' }), ...(copy && { 'content-encoding': { br: 'br', gz: 'gzip' }[copy] }) });
  response.removeHeader('x-powered-by');
  const isKnown = (request.headers['if-none-match'] ?? '').includes(tag);
  // Chromium compares it with the bytes that come.
  if (isKnown || request.method === 'HEAD') { response.removeHeader('unencoded-digest'); }
  if (isKnown) { response.statusCode = 304; response.removeHeader('content-type'); return response.end(); }
  response.setHeader('content-length', bytes.length);
  response.end(request.method === 'HEAD' ? undefined : bytes);
};
