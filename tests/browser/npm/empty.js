export const createRequire = undefined;
