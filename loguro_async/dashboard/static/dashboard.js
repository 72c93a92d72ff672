"use strict";
// Pages work without this: links and forms load them anew. Here only what changed is replaced.
// It also runs in pages of a host that embed single widgets.
// The page is drawn first; a hidden page is not drawn.
(document.hidden ? setTimeout : (run) => requestAnimationFrame(() => setTimeout(run)))(() => {
  if (window.loguroDashboard) return;
  window.loguroDashboard = true;
  const isDashboard = document.body?.classList.contains("loguro-page") ?? false;
  const options = { credentials: "same-origin" };
  const parse = (text) => new DOMParser().parseFromString(text, "text/html");
  const pause = (attempt) => Math.min(1000 * 2 ** attempt, 60000) * (0.85 + 0.3 * Math.random());
  const later = (work, milliseconds) => setTimeout(() => whenVisible(work), milliseconds);
  const whenVisible = (work) => {
    if (!document.hidden) return work();
    const resume = () => { if (!document.hidden) { document.removeEventListener("visibilitychange", resume); work(); } };
    document.addEventListener("visibilitychange", resume);
  };

  // Widgets that have no figures yet load themselves: a few at once, and again with growing pauses.
  const queue = [];
  let active = 0;
  const load = (section, attempt) => {
    queue.push([section, attempt]);
    next();
  };
  const next = () => {
    while (active < 3 && queue.length) {
      const [section, attempt] = queue.shift();
      if (!section.isConnected) continue;
      active += 1;
      fetch(section.dataset.source, options)
        .then((response) => response.text())
        .then((text) => {
          const fresh = parse(text).querySelector("section.loguro");
          if (!fresh || !section.isConnected) return retry(section, attempt);
          if (fresh.dataset.source) {
            if (!fresh.hasAttribute("aria-busy")) replace(section, fresh);
            return retry(fresh.isConnected ? fresh : section, attempt);
          }
          replace(section, fresh);
        })
        .catch(() => retry(section, attempt))
        .finally(() => { active -= 1; next(); });
    }
  };
  const retry = (section, attempt) => {
    section.dataset.attempt = attempt + 1;
    later(() => load(section, attempt + 1), pause(attempt));
  };
  const replace = (old, fresh) => {
    fresh.dataset.attempt = "0";
    old.replaceWith(fresh);
    prepare();
  };

  // The chart: a read-out that follows pointer and keys.
  const prepareChart = (chart) => {
    const rows = [...chart.parentElement.querySelectorAll("[data-points] tbody tr")];
    const heads = [...chart.parentElement.querySelectorAll("[data-points] thead th")].slice(1);
    const hit = chart.querySelector("[data-hit]");
    const cursor = chart.querySelector("[data-cursor]");
    const dot = chart.querySelector("[data-cursor-dot]");
    const readout = chart.querySelector("[data-readout]");
    if (!rows.length || !hit) return;
    let shown = rows.length - 1;
    const words = (row) => heads.map((head, index) => `${head.textContent}: ${row.cells[index + 1].textContent}`);
    const hide = () => {
      readout.hidden = true;
      for (const mark of [cursor, dot]) mark.setAttribute("visibility", "hidden");
    };
    const show = (index) => {
      shown = Math.max(0, Math.min(rows.length - 1, index));
      const row = rows[shown];
      const { x, y } = row.dataset;
      cursor.setAttribute("x1", `${x}%`);
      cursor.setAttribute("x2", `${x}%`);
      dot.setAttribute("cx", `${x}%`);
      dot.setAttribute("cy", `${y ?? 0}%`);
      cursor.setAttribute("visibility", "visible");
      dot.setAttribute("visibility", y === undefined ? "hidden" : "visible");
      const title = document.createElement("b");
      title.textContent = row.cells[0].textContent;
      readout.replaceChildren(title, ...words(row).flatMap((text, line) => (line ? [document.createElement("br"), text] : [text])));
      readout.hidden = false;
      const outer = chart.getBoundingClientRect();
      const plot = hit.getBoundingClientRect();
      const at = plot.left - outer.left + (plot.width * x) / 100;
      const width = readout.offsetWidth;
      readout.style.left = `${Math.max(0, Math.min(outer.width - width, at > outer.width / 2 ? at - width - 14 : at + 14))}px`;
      chart.setAttribute("aria-valuenow", shown);
      chart.setAttribute("aria-valuetext", `${row.cells[0].textContent}: ${words(row).join(", ")}`);
    };
    chart.tabIndex = 0;
    chart.setAttribute("role", "slider");
    chart.setAttribute("aria-label", chart.dataset.label);
    chart.setAttribute("aria-valuemin", 0);
    chart.setAttribute("aria-valuemax", rows.length - 1);
    chart.setAttribute("aria-valuenow", shown);
    chart.setAttribute("aria-valuetext", `${rows[shown].cells[0].textContent}: ${words(rows[shown]).join(", ")}`);
    chart.addEventListener("pointermove", (event) => {
      const plot = hit.getBoundingClientRect();
      const at = (100 * (event.clientX - plot.left)) / plot.width;
      let nearest = 0;
      rows.forEach((row, index) => {
        if (Math.abs(row.dataset.x - at) < Math.abs(rows[nearest].dataset.x - at)) nearest = index;
      });
      show(nearest);
    });
    chart.addEventListener("pointerleave", () => { if (document.activeElement !== chart) hide(); });
    chart.addEventListener("focus", () => { if (chart.matches(":focus-visible")) show(shown); });
    chart.addEventListener("blur", hide);
    chart.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 7, PageDown: -7 }[event.key];
      if (step) show(shown + step);
      else if (event.key === "Home") show(0);
      else if (event.key === "End") show(rows.length - 1);
      else if (event.key === "Escape") hide();
      else return;
      event.preventDefault();
    });
  };

  const prepare = () => {
    for (const section of document.querySelectorAll("section.loguro[data-source]:not([data-attempt])")) {
      section.dataset.attempt = "0";
      if (section.hasAttribute("aria-busy")) load(section, 0);
      else later(() => load(section, 0), pause(0));
    }
    for (const chart of document.querySelectorAll("[data-chart]:not([role])")) prepareChart(chart);
  };
  const start = () => {
    document.getElementById("figures")?.removeAttribute("data-first-frame"); // new cards are drawn at once
    for (const skeleton of document.querySelectorAll("[data-skeleton]")) skeleton.remove();
    prepare();
    // A host may insert widgets at any time.
    if (!isDashboard) new MutationObserver(prepare).observe(document.documentElement, { childList: true, subtree: true });
  };
  start();
  if (!isDashboard) return;

  // Links and forms of the page replace only the regions and cards that changed.
  let latest = 0;
  let refreshedAt = Date.now();
  const swap = (old, fresh) => {
    if (old.isEqualNode(fresh) || old.contains(document.activeElement?.closest("input"))) return;
    old.replaceWith(fresh);
  };
  const show = async (url, { push = false, keep = null, quiet = false } = {}) => {
    const turn = ++latest;
    if (!quiet) document.body.classList.add("loguro-waiting");
    try {
      const response = await fetch(url, options);
      const page = parse(await response.text());
      const figures = page.getElementById("figures");
      if (turn !== latest) return;
      if (!figures) throw new Error("not a dashboard");
      if (push) history.pushState(null, "", response.url || url);
      document.documentElement.dataset.theme = page.documentElement.dataset.theme;
      document.querySelector("meta[name=color-scheme]").content = page.querySelector("meta[name=color-scheme]").content;
      if (!quiet) document.activeElement?.blur?.();
      for (const region of document.querySelectorAll("[data-region]")) {
        const fresh = page.querySelector(`[data-region="${region.dataset.region}"]`);
        if (fresh) swap(region, fresh);
      }
      for (const card of document.querySelectorAll("#figures > [data-card]")) {
        const fresh = figures.querySelector(`[data-card="${card.dataset.card}"]`);
        if (!fresh) card.remove();
        else if (!fresh.hasAttribute("aria-busy") || !quiet) swap(card, fresh);
      }
      refreshedAt = Date.now();
      prepare();
      if (!quiet) {
        const target = keep && document.querySelector(keep);
        (target || document.getElementById("figures")).focus({ preventScroll: true });
      }
    } catch {
      if (turn === latest && !quiet) location.assign(url); // the browser explains it best
    } finally {
      if (turn === latest) document.body.classList.remove("loguro-waiting");
    }
  };
  const isPlain = (event) => event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  const keeper = (link) => {
    const card = link.closest("[data-card]");
    const group = ["tabs", "intervals", "tiles"].find((name) => link.closest(`.loguro-${name}`));
    return card && group ? `[data-card="${card.dataset.card}"] .loguro-${group} a[aria-current]` : null;
  };
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.loguro-menu[open]")) if (!menu.contains(event.target)) menu.open = false;
    const link = event.target.closest("a[href]");
    if (!link || !isPlain(event) || link.dataset.full !== undefined) return;
    if (link.origin !== location.origin || link.pathname !== location.pathname || !link.search) return;
    event.preventDefault();
    show(link.href, { push: link.dataset.refresh === undefined, keep: keeper(link) });
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const url = new URL(form.action);
    if (url.pathname !== location.pathname) return;
    event.preventDefault();
    url.search = new URLSearchParams(new FormData(form)).toString();
    show(url.href, { push: true, keep: form.querySelector("#loguro-filter") ? "#loguro-filter" : null });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.loguro-menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  addEventListener("popstate", () => show(location.href));

  // Dates and completions are costly to draw: fields get them when they are used.
  document.addEventListener("focusin", ({ target }) => {
    if (target.dataset?.list) target.setAttribute("list", target.dataset.list);
  });
  document.addEventListener("toggle", ({ target }) => {
    for (const field of target.querySelectorAll("[data-type]")) field.type = field.dataset.type;
  }, true);

  // The filter box completes the term that is being typed.
  document.addEventListener("input", (event) => {
    if (event.target.id !== "loguro-filter") return;
    const list = document.getElementById("loguro-completions");
    list.dataset.all ??= JSON.stringify([...list.options].map((option) => option.value));
    const typed = event.target.value;
    const before = typed.slice(0, typed.lastIndexOf(" ") + 1);
    const negation = typed.slice(before.length).startsWith("!") ? "!" : "";
    list.replaceChildren(...JSON.parse(list.dataset.all).map((text) => {
      const option = document.createElement("option");
      option.value = before + negation + text;
      return option;
    }));
  });

  // Refreshed each minute while visible; the footer says how old the figures are.
  const ago = () => {
    const time = document.querySelector("time[data-ago]");
    const minutes = time && Math.round((Date.now() - Date.parse(time.dateTime)) / 60000);
    if (minutes > 0) time.textContent = new Intl.RelativeTimeFormat(document.documentElement.lang).format(-minutes, "minute");
  };
  setInterval(() => {
    ago();
    if (!document.hidden && Date.now() - refreshedAt > 60000 && !document.querySelector("details.loguro-menu[open]")) show(location.href, { quiet: true });
  }, 15000);

  // Live visitors: one tab of the browser holds the stream and tells the others. A hidden tab holds
  // none, because a browser opens only six connections to a server over HTTP/1.1.
  const live = document.querySelector("[data-live]");
  if (!live) return;
  const address = new URL(live.dataset.live, location.href).href;
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(address) : null;
  const display = (number) => {
    live.hidden = number === "";
    live.querySelector("[data-live-number]").textContent = number;
    const unit = live.querySelector("[data-live-unit]");
    unit.textContent = number === "1" ? unit.dataset.one : unit.dataset.many;
  };
  let last = null;
  if (channel) channel.onmessage = ({ data }) => {
    if (data !== "?") display(data);
    else if (last !== null) channel.postMessage(last);
  };
  channel?.postMessage("?");
  let release = null;
  const hold = (signal) => new Promise((resolve) => {
    let source = null;
    let timer = 0;
    let attempt = 0;
    const open = () => {
      source = new EventSource(address);
      source.onmessage = ({ data }) => {
        attempt = 0;
        last = data;
        display(data);
        channel?.postMessage(data);
      };
      source.onerror = () => {
        // A status other than 200 ends an EventSource for good.
        source.close();
        display("");
        timer = setTimeout(open, Math.min(pause(attempt++), 15000));
      };
    };
    open();
    signal.addEventListener("abort", () => {
      source.close();
      clearTimeout(timer);
      last = null;
      resolve();
    });
  });
  const watch = () => {
    if (document.hidden === (release === null)) return;
    if (document.hidden) {
      release.abort();
      release = null;
      return;
    }
    const own = (release = new AbortController());
    const work = () => (own.signal.aborted ? null : hold(own.signal));
    if (navigator.locks) navigator.locks.request(address, { signal: own.signal }, work).catch(() => undefined);
    else work();
  };
  document.addEventListener("visibilitychange", watch);
  addEventListener("pagehide", () => { release?.abort(); release = null; });
  addEventListener("pageshow", watch);
  watch();
});
