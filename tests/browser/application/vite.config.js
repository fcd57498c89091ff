export default { logLevel: "warn", build: { manifest: true } };
