//! Xero's errors: the validation exception, the problem document, and errors inside a 200.

use serde::Deserialize;
use serde_json::Value;

use crate::error::excerpt;
use crate::http::{Call, Reply};
use crate::{Complaint, Error, Refusal, Vendor};

/// Both shapes Xero uses for errors; their fields do not collide.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Problem {
    #[serde(rename = "Type")]
    kind: Option<String>,
    message: Option<String>,
    title: Option<String>,
    detail: Option<String>,
    elements: Vec<Value>,
}

pub(super) fn read(call: &Call, reply: &Reply) -> Error {
    let vendor = Vendor::Xero;
    if reply.status == 404 {
        return Error::NotFound {
            vendor,
            what: call.what.clone(),
        };
    }
    let problem: Option<Problem> = reply.json().ok();
    let detail = problem
        .as_ref()
        .and_then(|problem| problem.detail.as_deref())
        .unwrap_or_default();
    if reply.status == 401 || (reply.status == 403 && detail.contains("AuthenticationUnsuccessful"))
    {
        let why = "the organisation was disconnected in Xero".to_owned();
        return Error::ReconnectNeeded { vendor, why };
    }
    let mut complaints = Vec::new();
    let mut code = None;
    if let Some(problem) = problem {
        for element in &problem.elements {
            complaints_of(element, "", &mut complaints);
        }
        code = problem.kind.or_else(|| problem.title.clone());
        let said = problem.detail.or(problem.message).or(problem.title);
        if complaints.is_empty() {
            complaints.extend(said.filter(|text| !text.is_empty()).map(Complaint::new));
        }
    } else {
        complaints.extend(
            Some(excerpt(&reply.body))
                .filter(|t| !t.is_empty())
                .map(Complaint::new),
        );
    }
    if reply.status == 403 {
        let hint = "the person who connected may lack the role or the consent lacks a scope";
        complaints.push(Complaint::new(hint));
    }
    Error::Refused(Box::new(Refusal {
        vendor,
        status: reply.status,
        code,
        complaints,
    }))
}

/// The errors of one element of a 200 answer, if it has any: with `summarizeErrors=false` Xero
/// answers 200 whether or not it did what was asked.
pub(super) fn of_element(element: &Value) -> Option<Refusal> {
    let status = element.get("StatusAttributeString").and_then(Value::as_str);
    let flagged = ["HasErrors", "HasValidationErrors"]
        .iter()
        .any(|field| element.get(field).and_then(Value::as_bool) == Some(true));
    let mut complaints = Vec::new();
    complaints_of(element, "", &mut complaints);
    if status != Some("ERROR") && !flagged && complaints.is_empty() {
        return None;
    }
    let code = Some("ValidationException".to_owned());
    Some(Refusal {
        vendor: Vendor::Xero,
        status: 200,
        code,
        complaints,
    })
}

/// Warnings of an element that was done all the same.
pub(super) fn warnings_of(element: &Value) -> Vec<String> {
    let warnings = element.get("Warnings").and_then(Value::as_array);
    warnings.into_iter().flatten().filter_map(message).collect()
}

/// Collects every `ValidationErrors` inside, with the path to where it was found. Depth is bounded
/// by the JSON reader's own limit.
fn complaints_of(value: &Value, path: &str, into: &mut Vec<Complaint>) {
    let deeper = |name: &str| {
        if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        }
    };
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                if name == "ValidationErrors" {
                    let found = inner.as_array().into_iter().flatten().filter_map(message);
                    let field = Some(path.to_owned()).filter(|path| !path.is_empty());
                    into.extend(found.map(|text| Complaint {
                        text,
                        field: field.clone(),
                    }));
                } else {
                    complaints_of(inner, &deeper(name), into);
                }
            }
        }
        Value::Array(items) => {
            for (n, inner) in items.iter().enumerate() {
                complaints_of(inner, &deeper(&(n + 1).to_string()), into);
            }
        }
        _ => {}
    }
}

/// `{"Message": …}`, or `{"Description": …}` as some of Xero's documentation has it.
fn message(error: &Value) -> Option<String> {
    let text = error.get("Message").or_else(|| error.get("Description"))?;
    text.as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{of_element, warnings_of};

    #[test]
    fn errors_inside_a_200_are_found_wherever_they_are() {
        let element = json!({
            "StatusAttributeString": "ERROR", "HasErrors": true,
            "ValidationErrors": [{"Message": "Email address must be valid."}],
            "LineItems": [{}, {"ValidationErrors": [{"Description": "Account code '9' is not valid."}]}],
        });
        let refusal = of_element(&element).unwrap();
        assert_eq!(
            refusal.to_string(),
            "Xero refused this: Account code '9' is not valid (LineItems.2); \
             Email address must be valid. Correct it and try again."
        );
        assert!(of_element(&json!({"StatusAttributeString": "ERROR"})).is_some());
        assert!(of_element(&json!({"HasValidationErrors": true})).is_some());
    }

    #[test]
    fn a_warning_is_no_error() {
        let element = json!({
            "StatusAttributeString": "WARNING", "HasErrors": false, "ValidationErrors": [],
            "Warnings": [{"Message": "Only 2 decimals kept"}],
        });
        assert_eq!(of_element(&element), None);
        assert_eq!(warnings_of(&element), ["Only 2 decimals kept"]);
    }
}
