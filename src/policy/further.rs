//! Adds one header to a policy that is compiled already.

use http::{HeaderName, HeaderValue};

use super::prepared::{CompiledPolicy, Headers, Prepared, intern};
use super::second::Looks;

impl CompiledPolicy {
    /// The same with one header more, for what is known when all of a site's pages are compiled: on
    /// documents, and on what may be the `304` of one. It is kept as any other, so that no response pays
    /// for it.
    pub(crate) fn with_document_header(self, name: &HeaderName, value: String) -> Self {
        let known = self.prepared();
        let value = HeaderValue::from_static(intern(value));
        let [documents, assets, others] = &known.headers;
        let more = |headers: &[Headers; 2]| headers.each_ref().map(|one| one.and(name, &value));
        Self::keep(Prepared {
            headers: [more(documents), assets.clone(), more(others)],
            conflicts: known.conflicts.clone(),
            strip: known.strip.clone(),
            service_workers: known.service_workers,
            warnings: known.warnings.clone(),
            relaxed: known.relaxed.clone(),
            looks: Looks::new(),
            expected_host: known.expected_host.again(),
        })
    }
}
