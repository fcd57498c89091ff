import { useRef, useState } from "react";
import { Link } from "react-router";
import { Alert, Button, Stack } from "@mui/material";

/** Loads the SDK, asks the server for a session, and runs one attempt. */
export default function Check() {
  const [outcome, setOutcome] = useState(null);
  const [isRunning, setRunning] = useState(false);
  const detector = useRef(null);

  async function run() {
    setRunning(true);
    try {
      await import("@azure/ai-vision-face-ui/FaceLivenessDetector.js");
      const answer = await fetch("/api/session", { method: "POST" });
      const { authToken } = await answer.json();
      const result = await detector.current.start(authToken);
      setOutcome({ state: "done", text: result.livenessStatus });
    } catch (reason) {
      setOutcome({ state: "failed", text: reason?.livenessError ?? String(reason) });
    }
    setRunning(false);
  }

  return (
    <Stack spacing={2}>
      <azure-ai-vision-face-ui ref={detector}></azure-ai-vision-face-ui>
      <Button variant="contained" disabled={isRunning} onClick={run}>Start</Button>
      {outcome && (
        <Alert severity={outcome.state === "done" ? "success" : "error"} data-state={outcome.state}>
          {outcome.text}
        </Alert>
      )}
      <Link to="/verify/receipt">Receipt</Link>
    </Stack>
  );
}
