// A sign-in page: the window of the identity provider answers it.
addEventListener("message", (event) => {
  window.code = `${event.origin} ${event.data}`;
});
window.signIn = () => {
  open("https://accounts.example/authorize");
};
