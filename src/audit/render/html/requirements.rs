//! The HTML report's table of requirements: passed, failed, or not checked.

use std::fmt::Write as _;

use super::parts::code;
use crate::audit::{Code, Framework, Report, Standing};
use crate::escape::html as esc;

/// Every requirement that some code touches, and how it stands.
pub(super) fn requirements(out: &mut String, report: &Report) {
    out.push_str(
        "<p class=\"quiet\">&quot;Passed&quot; says that nothing was found against it, not that it is \
         met: most requirements ask also for what can't be seen from outside.</p>\n",
    );
    let standings = report.standings();
    for framework in Framework::ALL {
        let title = esc(framework.title());
        let _ = writeln!(
            out,
            "<h3>{title}</h3>\n<table><thead><tr><th scope=\"col\">id</th>\
             <th scope=\"col\">requirement</th><th scope=\"col\">state</th></tr></thead><tbody>"
        );
        let of = standings.iter();
        for (control, standing) in of.filter(|(control, _)| control.framework == framework) {
            let (id, title) = (esc(control.id), esc(control.title()));
            let _ = writeln!(
                out,
                "<tr><th scope=\"row\">{id}</th><td>{title}</td><td>{}</td></tr>",
                state(standing)
            );
        }
        out.push_str("</tbody></table>\n");
    }
}

fn state(standing: &Standing) -> String {
    let names = |codes: &[Code]| {
        let names: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
        code(&names.join(", "))
    };
    match standing {
        Standing::Passed { accepted } if accepted.is_empty() => {
            "<span class=\"good\">passed</span>".to_owned()
        }
        Standing::Passed { accepted } => format!("passed, accepted: {}", names(accepted)),
        Standing::Failed { worst, codes } => {
            format!(
                "<span class=\"{worst}\">failed, {worst}</span>: {}",
                names(codes)
            )
        }
        Standing::NotChecked { because } => {
            format!("not checked, because {}", esc(&because.replace('`', "")))
        }
    }
}
