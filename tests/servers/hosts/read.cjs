// Reads an export by the packages that its host gives out, and prints for each path what it is answered with:
//
//   node read.cjs HOST FOLDER PATH...
//
// Anything that a package calls an error ends it.
'use strict';

const fs = require('fs');
const path = require('path');
const Ajv = require('ajv');

const [host, folder, ...paths] = process.argv.slice(2);

function valid(schema, value) {
  const ajv = new Ajv({ schemaId: 'auto', meta: false, logger: false });
  for (const draft of ['json-schema-draft-04', 'json-schema-draft-06', 'json-schema-draft-07']) {
    ajv.addMetaSchema(require(`ajv/lib/refs/${draft}.json`));
  }
  if (!ajv.validate(schema, value)) throw new Error(ajv.errorsText());
}

// Netlify's parsers, and the part of its development server that chooses headers.
async function netlify() {
  const { parseAllHeaders } = await import('@netlify/headers-parser');
  const { parseAllRedirects } = await import('@netlify/redirect-parser');
  const { HeadersHandler } = await import('@netlify/headers');
  const file = path.join(folder, 'public/_headers');
  const parsed = await parseAllHeaders({ headersFiles: [file], minimal: true });
  const redirectsFiles = [path.join(folder, 'public/_redirects')].filter(fs.existsSync);
  const redirects = await parseAllRedirects({ redirectsFiles, minimal: true });
  const errors = [...parsed.errors, ...redirects.errors];
  if (errors.length) throw new Error(errors.join('\n'));
  const handler = new HeadersHandler({
    projectDir: path.join(folder, 'public'),
    logger: { error: (text) => { throw new Error(text); } },
  });
  const answers = {};
  for (const asked of paths) {
    answers[asked] = await handler.apply(new Request(`https://liveness.contoso.example${asked}`));
  }
  return answers;
}

// What Vercel makes of `vercel.json`: routes by regular expressions, one after the other.
function vercel() {
  const routing = require('@vercel/routing-utils');
  const { headers, rewrites, cleanUrls } = JSON.parse(
    fs.readFileSync(path.join(folder, 'vercel.json'), 'utf8'),
  );
  valid(routing.headersSchema, headers);
  if (rewrites) valid(routing.rewritesSchema, rewrites);
  const { routes, error } = routing.getTransformedRoutes({ headers, rewrites, cleanUrls });
  if (error) throw new Error(error.message);
  const answers = {};
  for (const asked of paths) {
    answers[asked] = {};
    for (const route of routes) {
      if (route.src && route.headers && new RegExp(route.src).test(asked)) {
        Object.assign(answers[asked], route.headers);
      }
    }
  }
  return answers;
}

// The schema that the Static Web Apps CLI has of the file; what it serves is asked for elsewhere.
function azureStaticWebApps() {
  const file = path.join(folder, 'public/staticwebapp.config.json');
  const schema = require('@azure/static-web-apps-cli/schema/staticwebapp.config.json');
  valid(schema, JSON.parse(fs.readFileSync(file, 'utf8')));
  return {};
}

const hosts = { netlify, vercel, 'azure-static-web-apps': azureStaticWebApps };
Promise.resolve()
  .then(() => hosts[host]())
  .then((answers) => process.stdout.write(JSON.stringify(answers)))
  .catch((error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
