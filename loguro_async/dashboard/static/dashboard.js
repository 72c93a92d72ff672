"use strict";
// The page works without this: links and the form load it anew. Here they replace the board only.
(() => {
  const board = () => document.getElementById("board");
  if (!board()) return;
  let latest = 0;

  const show = async (url, { push, focus }) => {
    const turn = ++latest;
    board().classList.add("loguro-waiting");
    try {
      const answer = await fetch(url, { credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("board");
      if (turn !== latest) return;
      if (!fresh) throw new Error("no board");
      board().replaceWith(fresh);
      if (push) history.pushState(null, "", url);
      const again = focus && document.querySelector(focus);
      (again || document.getElementById("figures")).focus({ preventScroll: true });
      retry();
    } catch {
      location.assign(url); // whatever went wrong, the browser says it best
    }
  };

  const retry = () => {
    for (const part of document.querySelectorAll("[data-again]")) {
      const url = part.dataset.again;
      delete part.dataset.again;
      fetch(url, { credentials: "same-origin" })
        .then((answer) => (answer.ok ? answer.text() : Promise.reject()))
        .then((text) => {
          const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("section");
          if (fresh && !fresh.dataset.again && part.isConnected) part.replaceWith(fresh);
        })
        .catch(() => undefined);
    }
  };

  const isPlain = (event) =>
    event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;

  document.addEventListener("click", (event) => {
    const link = event.target.closest("#board a[href]");
    if (!link || !isPlain(event) || link.origin !== location.origin) return;
    if (link.pathname !== location.pathname) return;
    event.preventDefault();
    show(link.href, { push: true, focus: null });
  });

  document.addEventListener("submit", (event) => {
    if (!event.target.closest("#board")) return;
    event.preventDefault();
    const url = new URL(event.target.action);
    url.search = new URLSearchParams(new FormData(event.target)).toString();
    show(url.href, { push: true, focus: "#filter" });
  });

  addEventListener("popstate", () => show(location.href, { push: false, focus: null }));

  const live = document.querySelector("[data-live]");
  if (live) {
    const source = new EventSource(live.dataset.live);
    source.onmessage = ({ data }) => {
      live.hidden = data === "";
      live.querySelector("[data-live-number]").textContent = data;
      live.querySelector("[data-live-unit]").textContent = data === "1" ? "visitor" : "visitors";
    };
    source.onerror = () => { live.hidden = true; };
    addEventListener("pagehide", () => source.close());
  }
  retry();
})();
