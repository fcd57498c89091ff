import { useState } from "react";
import { Button, Stack } from "@mui/material";
import DOMPurify from "dompurify";
import { jsPDF } from "jspdf";

const NOTE = "<b>Thank you.</b><img src=x>";

/** A note that is made safe, and a file to keep. */
export default function Receipt() {
  const [size, setSize] = useState(0);

  function make() {
    const pdf = new jsPDF();
    pdf.text("Liveness check", 10, 10);
    setSize(pdf.output("arraybuffer").byteLength);
  }

  return (
    <Stack spacing={2}>
      <p id="note" dangerouslySetInnerHTML={{ __html: DOMPurify.sanitize(NOTE, { FORBID_TAGS: ["img"] }) }} />
      <Button variant="outlined" onClick={make}>Make a PDF</Button>
      <output>{size}</output>
    </Stack>
  );
}
