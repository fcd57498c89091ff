//! Small, usual and largest policies.
