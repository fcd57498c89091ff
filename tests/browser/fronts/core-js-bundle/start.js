// What an application does with polyfills, and what core-js itself tries on the way.
const made = document.querySelector("#made");
const url = new URL("/kiwi?n=1#top", location.origin);
url.searchParams.append("m", "2");
const parts = [
  RegExp.escape("a.b"),
  "2026-11-26".replace(/(?<y>\d{4})-(?<m>\d\d)/u, "$<m>/$<y>"),
  [3, 1, 2].toSorted().join(),
  Object.groupBy([1, 2, 3], (n) => (n % 2 ? "odd" : "even")).odd.join(),
  JSON.stringify(structuredClone({ at: new Date(0), all: new Set([1]) })),
  url.pathname + url.search,
  [...Iterator.from(new Map([["a", 1]])).map(([key]) => key)].join(),
  Symbol.for("kiwi").description,
];
let count = 0;
document.querySelector("button").addEventListener("click", () => {
  Promise.try(() => count + 1).then((n) => {
    count = n;
    made.append(` ${n}`);
  });
});
Promise.allSettled([Promise.resolve(1), Promise.reject(new Error("no"))]).then((all) => {
  made.textContent = [...parts, all.map(({ status }) => status).join()].join(" ");
});
