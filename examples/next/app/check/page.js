"use client";

import Link from "next/link";
import { useRef, useState } from "react";

/** Loads the SDK, asks the server for a session, and runs one attempt. */
export default function Check() {
  const [outcome, setOutcome] = useState(null);
  const [isRunning, setRunning] = useState(false);
  const detector = useRef(null);

  async function run() {
    setRunning(true);
    try {
      // The published component itself has to run: it stays out of the bundle.
      await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ "/FaceLivenessDetector.js");
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
    <main>
      <h1>Check</h1>
      <azure-ai-vision-face-ui ref={detector}></azure-ai-vision-face-ui>
      <button disabled={isRunning} onClick={run}>Start</button>
      {outcome && <p role="status" data-state={outcome.state}>{outcome.text}</p>}
      <Link href="/receipt">Receipt</Link>
    </main>
  );
}
