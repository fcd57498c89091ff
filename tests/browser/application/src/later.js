export const word = "lazy";
