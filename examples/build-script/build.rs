//! Fails the build unless the SDK is the one in `visor-lock.json`.

use tower_visor::build_script::{BuildFailure, BuildScript};

fn main() -> Result<(), BuildFailure> {
    // The stand-in of tower-visor's tests. In your project: the folder with `node_modules`, or
    // the one that your server serves.
    BuildScript::verify("../../fixtures/sdk/1.5.0", "visor-lock.json").run()
}
