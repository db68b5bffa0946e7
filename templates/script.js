// The code and the state are used up: they need not stay in the address bar and in the history.
if (location.pathname === "/" && location.search) history.replaceState(null, "", "/");

// The browser may restore a page, and old tokens with it.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

const expiry = document.getElementById("expiry");
if (expiry) {
  const time = new Date(expiry.dataset.seconds * 1000);
  const clock = time.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  const weekday = time.toLocaleDateString(undefined, { weekday: "long" });
  const isToday = time.toDateString() === new Date().toDateString();
  const isThisWeek = time - Date.now() < 6 * 24 * 60 * 60 * 1000;
  const day = isThisWeek ? weekday : time.toLocaleDateString();
  expiry.title = time.toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" });
  expiry.textContent = isToday ? `, at ${clock} (your time)` : `, on ${day} at ${clock} (your time)`;
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  const label = button.firstChild;
  const say = (text) => {
    label.textContent = text;
    setTimeout(() => { label.textContent = "Copy"; }, 4000);
  };
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      say("Copied");
    } catch {
      // Browsers give the clipboard only to pages from https or from this machine.
      getSelection().selectAllChildren(source);
      say("Press Ctrl+C");
    }
  });
  button.hidden = false;
}
