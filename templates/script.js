// The code and the state have done their work: they need not stay in the address bar and in the history.
if (location.search) history.replaceState(null, "", location.pathname);

// The browser may bring a page that was left back as it was, and the tokens with it.
addEventListener("pageshow", (event) => {
  if (event.persisted && document.getElementById("token")) location.reload();
});

const localTime = document.getElementById("local-time");
if (localTime) {
  const time = new Date(Number(localTime.dataset.seconds) * 1000);
  const text = time.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
  localTime.textContent = `, which is ${text} where you are`;
  localTime.hidden = false;
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  const label = button.firstElementChild;
  const source = document.getElementById(button.dataset.copy);
  const say = (text) => {
    label.textContent = text;
    document.getElementById("copied").textContent = text;
    setTimeout(() => { label.textContent = "Copy"; }, 4000);
  };
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      say("Copied");
    } catch {
      // Browsers give the clipboard only to pages from https or from this machine, and not to all of those.
      getSelection().selectAllChildren(source);
      say("Selected: press Ctrl+C");
    }
  });
  button.hidden = false;
}
