import "./monitor.js";
import { lazy, StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter, Link, Route, Routes } from "react-router";
import { Container, CssBaseline, LinearProgress, Typography } from "@mui/material";

const Check = lazy(() => import("./Check.jsx"));
const Receipt = lazy(() => import("./Receipt.jsx"));

function Start() {
  return (
    <Typography>
      <Link to="/verify/check">Begin</Link>
    </Typography>
  );
}

createRoot(document.getElementById("root")).render(
  <StrictMode>
    <CssBaseline />
    <BrowserRouter>
      <Container maxWidth="sm">
        <Typography variant="h4" component="h1">Liveness check</Typography>
        <Suspense fallback={<LinearProgress />}>
          <Routes>
            <Route path="/" element={<Start />} />
            <Route path="/verify/check" element={<Check />} />
            <Route path="/verify/receipt" element={<Receipt />} />
          </Routes>
        </Suspense>
      </Container>
    </BrowserRouter>
  </StrictMode>,
);
