// Keeps the page current: asks for the same page again every two seconds while it is looked at, and puts its <main> in place
// of ours when it says something else. Without this script the page is as good, and as old as its last load.
"use strict";
(() => {
  const EVERY = 2000, LONGEST = 30000;
  // The one place where text of ours becomes markup: it comes from our own server, which has escaped what others wrote.
  const policy = window.trustedTypes?.createPolicy("driftpager", { createHTML: (text) => text });
  const parse = (text) => new DOMParser().parseFromString(policy ? policy.createHTML(text) : text, "text/html");
  const live = document.getElementById("live");
  const words = document.getElementById("live-text");
  let wait = EVERY;

  function show(state, text) {
    live.dataset.state = state;
    if (words.textContent !== text) words.textContent = text;
  }

  function replace(fresh) {
    const old = document.getElementById("main");
    const main = fresh.getElementById("main");
    document.title = fresh.title;
    live.querySelector("time").replaceWith(fresh.querySelector("#live time"));
    if (!main || old.innerHTML === main.innerHTML) return;
    if (window.getSelection()?.toString()) return; // somebody is copying
    for (const opened of old.querySelectorAll("details[open][id]")) {
      const again = main.querySelector(`#${CSS.escape(opened.id)}`);
      if (again) again.open = true;
    }
    const focused = document.activeElement?.getAttribute("href");
    old.replaceWith(document.adoptNode(main));
    if (focused) document.querySelector(`#main a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  async function look() {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(10000) });
      if (!answer.headers.get("content-type")?.startsWith("text/html")) throw new Error("not a page");
      replace(parse(await answer.text()));
      show("on", "live");
      wait = EVERY;
    } catch {
      show("off", "driftpager does not answer; as of");
      wait = Math.min(wait * 2, LONGEST);
    }
  }

  async function forever() {
    await look();
    setTimeout(forever, wait);
  }
  document.addEventListener("visibilitychange", look);
  show("on", "live");
  setTimeout(forever, EVERY);
})();
