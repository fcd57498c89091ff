import DOMPurify from "dompurify";
import { check } from "./check.js";
const clean = DOMPurify.sanitize("<img src=x onerror=alert(1)><b>hi</b><script>1</script><iframe src=/></iframe>");
window.shows = clean === '<img src="x"><b>hi</b>';
check();
