export default {
  // Files alone, that any server can send: here it is `Site`.
  output: "export",
};
