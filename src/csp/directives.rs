//! The directives of a policy, each at most once.

use super::source::{AnySource, SourceClass};
use super::{
    AncestorSource, CspFault, DefaultSource, DirectiveName, FetchSource, SandboxToken,
    ScriptAttrSource, ScriptSource, Sources, StyleAttrSource, StyleSource, TrustedTypesEntry,
};

/// Hands the directives that hold a source list to a macro.
macro_rules! source_lists {
    ($then:ident) => {
        $then! {
            default_src: DefaultSource = DefaultSrc, "default-src", "what every fetch directive that is missing falls back to";
            script_src: ScriptSource = ScriptSrc, "script-src", "scripts, `eval` and WebAssembly";
            script_src_elem: ScriptSource = ScriptSrcElem, "script-src-elem", "script elements alone";
            script_src_attr: ScriptAttrSource = ScriptSrcAttr, "script-src-attr", "inline event handlers alone";
            style_src: StyleSource = StyleSrc, "style-src", "style sheets and style attributes";
            style_src_elem: StyleSource = StyleSrcElem, "style-src-elem", "style sheets alone";
            style_src_attr: StyleAttrSource = StyleSrcAttr, "style-src-attr", "style attributes alone";
            img_src: FetchSource = ImgSrc, "img-src", "images and favicons";
            connect_src: FetchSource = ConnectSrc, "connect-src", "`fetch`, XHR, web sockets, event sources and beacons";
            font_src: FetchSource = FontSrc, "font-src", "fonts";
            media_src: FetchSource = MediaSrc, "media-src", "audio, video and tracks";
            object_src: FetchSource = ObjectSrc, "object-src", "`object` and `embed`";
            manifest_src: FetchSource = ManifestSrc, "manifest-src", "the web application's manifest";
            child_src: FetchSource = ChildSrc, "child-src", "what `frame-src` and `worker-src` fall back to";
            frame_src: FetchSource = FrameSrc, "frame-src", "frames inside the page";
            fenced_frame_src: FetchSource = FencedFrameSrc, "fenced-frame-src", "fenced frames (Chromium)";
            worker_src: FetchSource = WorkerSrc, "worker-src", "workers; without it they fall back to `child-src`, `script-src`, `default-src`";
            base_uri: FetchSource = BaseUri, "base-uri", "what a `base` element may name. Falls back to nothing";
            form_action: FetchSource = FormAction, "form-action", "where forms may be sent. Falls back to nothing";
            frame_ancestors: AncestorSource = FrameAncestors, "frame-ancestors", "who may frame the page. Falls back to nothing";
        }
    };
}
pub(super) use source_lists;

macro_rules! directives {
    ($($field:ident: $class:ident = $name:ident, $text:literal, $what:literal;)*) => {
        /// Each directive at most once.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
        pub(super) struct Directives {
            $(pub(super) $field: Option<Sources<$class>>,)*
            pub(super) sandbox: Option<Sources<SandboxToken>>,
            pub(super) require_trusted_types_for_script: bool,
            pub(super) trusted_types: Option<Sources<TrustedTypesEntry>>,
            pub(super) upgrade_insecure_requests: bool,
            pub(super) report_to: Option<String>,
            pub(super) report_uri: Option<Vec<String>>,
        }

        impl Directives {
            /// The sources of a directive that has a source list.
            pub(super) fn sources(&self, name: DirectiveName) -> Option<Vec<AnySource>> {
                match name {
                    $(DirectiveName::$name => {
                        let sources = self.$field.as_ref()?;
                        Some(sources.iter().map(SourceClass::widen).collect())
                    })*
                    _ => None,
                }
            }

            /// Sets a source list; `Err` holds the index of each source that the directive
            /// doesn't take. `None` when the directive has no source list.
            pub(super) fn set_sources(
                &mut self,
                name: DirectiveName,
                sources: Vec<AnySource>,
            ) -> Option<Result<(), Vec<(usize, CspFault)>>> {
                Some(match name {
                    $(DirectiveName::$name => narrow_all(sources).map(|sources| {
                        self.$field = Some(sources);
                    }),)*
                    _ => return None,
                })
            }

            pub(super) fn remove(&mut self, name: DirectiveName) {
                match name {
                    $(DirectiveName::$name => self.$field = None,)*
                    DirectiveName::Sandbox => self.sandbox = None,
                    DirectiveName::RequireTrustedTypesFor => {
                        self.require_trusted_types_for_script = false;
                    }
                    DirectiveName::TrustedTypes => self.trusted_types = None,
                    DirectiveName::UpgradeInsecureRequests => self.upgrade_insecure_requests = false,
                    DirectiveName::ReportTo => self.report_to = None,
                    DirectiveName::ReportUri => self.report_uri = None,
                    // Never set.
                    _ => {}
                }
            }
        }
    };
}

source_lists!(directives);

fn narrow_all<T: SourceClass + Ord>(
    sources: Vec<AnySource>,
) -> Result<Sources<T>, Vec<(usize, CspFault)>> {
    let mut narrowed = Vec::with_capacity(sources.len());
    let mut faults = Vec::new();
    for (index, source) in sources.into_iter().enumerate() {
        match T::narrow(source) {
            Ok(source) => narrowed.push(source),
            Err(fault) => faults.push((index, fault)),
        }
    }
    if faults.is_empty() {
        Ok(narrowed.into())
    } else {
        Err(faults)
    }
}

impl Directives {
    /// The text behind a directive's name; `None` when it isn't set.
    pub(super) fn value(&self, name: DirectiveName) -> Option<String> {
        match name {
            DirectiveName::Sandbox => self.sandbox.as_ref().map(|tokens| join(tokens.iter())),
            DirectiveName::RequireTrustedTypesFor => self
                .require_trusted_types_for_script
                .then(|| String::from("'script'")),
            DirectiveName::TrustedTypes => self.trusted_types.as_ref().map(ToString::to_string),
            DirectiveName::UpgradeInsecureRequests => {
                self.upgrade_insecure_requests.then(String::new)
            }
            DirectiveName::ReportTo => self.report_to.clone(),
            DirectiveName::ReportUri => self.report_uri.as_ref().map(|uris| join(uris.iter())),
            name => self.sources(name).map(|sources| {
                if sources.is_empty() {
                    String::from("'none'")
                } else {
                    join(sources.iter())
                }
            }),
        }
    }
}

fn join<T: ToString>(words: impl Iterator<Item = T>) -> String {
    words
        .map(|word| word.to_string())
        .collect::<Vec<_>>()
        .join(" ")
}
