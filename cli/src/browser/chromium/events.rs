//! What Chromium tells, as far as it is read here:
//! <https://chromedevtools.github.io/devtools-protocol/tot/>.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attached {
    pub(super) session_id: String,
    pub(super) target_info: Target,
}

#[derive(Debug, Deserialize)]
pub(super) struct Target {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) url: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WillBeSent {
    pub(super) request_id: String,
    pub(super) request: Asked,
    pub(super) initiator: Initiator,
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) frame_id: String,
    pub(super) redirect_response: Option<Answer>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    pub(super) url: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Initiator {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) url: String,
    pub(super) line_number: Option<f64>,
    pub(super) column_number: Option<f64>,
    pub(super) stack: Option<Stack>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stack {
    pub(super) call_frames: Vec<CallFrame>,
    pub(super) parent: Option<Box<Stack>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CallFrame {
    pub(super) url: String,
    pub(super) line_number: u32,
    pub(super) column_number: u32,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Responded {
    pub(super) request_id: String,
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    pub(super) response: Answer,
}

#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    pub(super) url: String,
    pub(super) status: u16,
    pub(super) headers: BTreeMap<String, String>,
}

/// The headers as they were on the wire, cookies too.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Extra {
    pub(super) request_id: String,
    pub(super) headers: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Data {
    pub(super) request_id: String,
    pub(super) data_length: usize,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ended {
    pub(super) request_id: String,
    #[serde(default)]
    pub(super) error_text: String,
    pub(super) blocked_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parsed {
    pub(super) script_id: String,
    pub(super) url: String,
    pub(super) start_line: u32,
    pub(super) start_column: u32,
    #[serde(default)]
    pub(super) length: usize,
    #[serde(default)]
    pub(super) is_module: bool,
    #[serde(default)]
    pub(super) script_language: String,
    #[serde(default)]
    pub(super) embedder_name: String,
    pub(super) stack_trace: Option<Stack>,
    pub(super) execution_context_aux_data: Option<Context>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Context {
    #[serde(default)]
    pub(super) frame_id: String,
    #[serde(rename = "type", default)]
    pub(super) kind: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Navigated {
    pub(super) frame: Frame,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Frame {
    pub(super) id: String,
    pub(super) parent_id: Option<String>,
    pub(super) url: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Issued {
    pub(super) issue: Issue,
}

#[derive(Debug, Deserialize)]
pub(super) struct Issue {
    pub(super) code: String,
    pub(super) details: Details,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Details {
    pub(super) content_security_policy_issue_details: Option<CspIssue>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CspIssue {
    #[serde(rename = "blockedURL")]
    pub(super) blocked_url: Option<String>,
    pub(super) violated_directive: String,
    #[serde(default)]
    pub(super) is_report_only: bool,
    #[serde(default)]
    pub(super) content_security_policy_violation_type: String,
    pub(super) source_code_location: Option<Location>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    pub(super) url: String,
    pub(super) line_number: u32,
    pub(super) column_number: u32,
}

#[derive(Debug, Deserialize)]
pub(super) struct Logged {
    pub(super) entry: Entry,
}

#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    pub(super) level: String,
    pub(super) text: String,
    pub(super) url: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Called {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) args: Vec<Argument>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Argument {
    pub(super) value: Option<serde_json::Value>,
    pub(super) description: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Thrown {
    pub(super) exception_details: ThrownDetails,
}

#[derive(Debug, Deserialize)]
pub(super) struct ThrownDetails {
    pub(super) text: String,
    pub(super) exception: Option<Argument>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Registrations {
    pub(super) registrations: Vec<Registration>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Registration {
    pub(super) registration_id: String,
    #[serde(rename = "scopeURL")]
    pub(super) scope_url: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Versions {
    pub(super) versions: Vec<WorkerVersion>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WorkerVersion {
    pub(super) registration_id: String,
    #[serde(rename = "scriptURL")]
    pub(super) script_url: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body {
    pub(super) body: String,
    pub(super) base64_encoded: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Source {
    #[serde(default)]
    pub(super) script_source: String,
    pub(super) bytecode: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Cookies {
    pub(super) cookies: Vec<Cookie>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cookie {
    pub(super) name: String,
    pub(super) domain: String,
    pub(super) path: String,
    pub(super) http_only: bool,
    pub(super) secure: bool,
    pub(super) session: bool,
    pub(super) same_site: Option<String>,
}

impl CallFrame {
    /// `https://example.com/app.js:3:17`, counted from 1.
    pub(super) fn place(&self) -> String {
        let url = tower_visor::audit::Observation::address(&self.url);
        format!("{url}:{}:{}", self.line_number + 1, self.column_number + 1)
    }
}

impl Stack {
    /// The innermost place that has an address; what was started by something asynchronous is looked
    /// up there.
    pub(super) fn top(&self) -> Option<&CallFrame> {
        let mut own = self.call_frames.iter();
        let own = own.find(|frame| !frame.url.is_empty());
        own.or_else(|| self.parent.as_ref().and_then(|parent| parent.top()))
    }
}

impl Initiator {
    /// Who started a request.
    pub(super) fn place(&self) -> Option<String> {
        if let Some(top) = self.stack.as_ref().and_then(Stack::top) {
            return Some(top.place());
        }
        match &*self.kind {
            "parser" if self.url.is_empty() => Some("the document".to_owned()),
            _ if !self.url.is_empty() => {
                let url = tower_visor::audit::Observation::address(&self.url);
                let place = self.line_number.zip(self.column_number);
                Some(match place {
                    Some((line, column)) => format!("{url}:{}:{}", line + 1.0, column + 1.0),
                    None => url,
                })
            }
            "other" | "" => None,
            kind => Some(kind.to_owned()),
        }
    }
}
