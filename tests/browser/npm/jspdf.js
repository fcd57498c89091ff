import { jsPDF } from "jspdf";
import { check } from "./check.js";
const pdf = new jsPDF();
pdf.text("liveness", 10, 10);
window.shows = pdf.output("arraybuffer").byteLength > 500;
check();
