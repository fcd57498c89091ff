import Link from "next/link";

export default function Receipt() {
  return (
    <main>
      <h1>Receipt</h1>
      <p id="note">Thank you.</p>
      <Link href="/check">Once more</Link>
    </main>
  );
}
