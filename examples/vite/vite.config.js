import react from "@vitejs/plugin-react";

export default {
  plugins: [react()],
  build: {
    rollupOptions: {
      // The published component itself has to run: it stays out of the bundle, and the import map of
      // the compiled page leads its name to the pinned file.
      external: [/^@azure\/ai-vision-face-ui/],
    },
  },
};
