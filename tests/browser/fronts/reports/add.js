const add = (a, b) => (a > b ? a + b : b + a);
console.log(add(1, 2));
