import Link from "next/link";

export default function Start() {
  return (
    <main>
      <h1>Liveness check</h1>
      <Link href="/check">Begin</Link>
    </main>
  );
}
