//! Enumerations of the Face API that may get more values.

/// An enum of the words of a field: known ones by name, unknown ones as they are.
macro_rules! words {
    (
        $(#[$attribute:meta])*
        pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)* }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)*
            /// A word that this crate doesn't know.
            Other(String),
        }

        impl $name {
            /// As the service writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> Self {
                match word.as_str() {
                    $($word => Self::$variant,)*
                    _ => Self::Other(word),
                }
            }
        }
    };
}

words! {
    /// How far a session or an attempt is.
    pub enum Status {
        /// Nobody has started it.
        NotStarted = "NotStarted",
        /// It runs.
        Running = "Running",
        /// It ended in a decision.
        Succeeded = "Succeeded",
        /// It ended in an error.
        Failed = "Failed",
        /// It was given up.
        Canceled = "Canceled",
        /// Before v1.2: it was started.
        Started = "Started",
        /// Before v1.2: there is a result.
        ResultAvailable = "ResultAvailable",
    }
}

words! {
    /// What the service decided about the face.
    pub enum Decision {
        /// A living person.
        RealFace = "realface",
        /// A picture, a video, a mask.
        SpoofFace = "spoofface",
        /// It could not be told.
        Uncertain = "uncertain",
    }
}
