// The code and the state have done their work: they need not stay in the address bar and in the history.
if (location.search) history.replaceState(null, "", location.pathname);

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
  // A box that scrolls must be reached by keyboard, which not every browser sees to.
  if (source.scrollHeight > source.clientHeight) source.tabIndex = 0;
}
