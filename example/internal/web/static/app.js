// What happens in the organization is shown as it happens. Without this script everything works, and changes show when a page is loaded again.
(() => {
  "use strict";
  const url = document.body.dataset.events;
  if (!url || !window.EventSource) return;

  const announcer = document.getElementById("announcer");
  const connection = document.getElementById("connection");
  const kinds = ["note.created", "note.updated", "note.deleted", "note.imported", "file.added", "file.deleted",
    "member.changed", "job.inserted", "job.started", "job.progressed", "job.completed", "job.failed", "job.cancelled"];

  // wants reports whether an element is about events of a type: its attribute lists their beginnings.
  const wants = (list, type) => list.split(" ").some((start) => type.startsWith(start));

  // refresh reads the page anew and takes from it the parts that are live. Several events within a moment are one reading.
  let waiting = null;
  let stale = new Set();
  function refresh(parts) {
    parts.forEach((part) => stale.add(part.id));
    if (waiting || stale.size === 0) return;
    waiting = setTimeout(async () => {
      const ids = stale;
      stale = new Set();
      try {
        const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
        if (!answer.ok || answer.redirected) return;
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        ids.forEach((id) => swap(document.getElementById(id), page.getElementById(id)));
      } catch {
        // The next event, or the next connection, tries again.
      } finally {
        waiting = null;
        if (stale.size > 0) refresh([]);
      }
    }, 250);
  }

  // swap replaces a part by what it is now, and leaves the focus where it was.
  function swap(old, now) {
    if (!old || !now || old.isEqualNode(now)) return;
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    old.replaceWith(document.adoptNode(now));
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    if (announcer && now.dataset.live) announcer.textContent = (now.getAttribute("aria-label") || "The page") + ": updated";
  }

  function progress(job) {
    const bar = document.getElementById("progress-" + job.job);
    if (!bar || !job.total) return;
    bar.max = job.total;
    bar.value = job.done;
    const text = document.getElementById("progress-text-" + job.job);
    if (text) text.textContent = job.done + " of " + job.total + " rows";
  }

  function happened(message) {
    let event;
    try {
      event = JSON.parse(message.data);
    } catch {
      return;
    }
    if (event.type === "job.progressed") progress(event.data || {});
    document.querySelectorAll("[data-stale]").forEach((part) => {
      if (wants(part.dataset.stale, event.type) && Object.values(event.labels || {}).includes(part.dataset.label)) part.hidden = false;
    });
    if (event.type === "job.progressed" && document.getElementById("progress-" + event.data?.job)) return;
    const parts = () => [...document.querySelectorAll("[data-live]")].filter((part) => wants(part.dataset.live, event.type));
    refresh(parts());
    // A worker tells that it has ended a moment before its job is written down as ended.
    if (event.type.startsWith("job.")) setTimeout(() => refresh(parts()), 1000);
  }

  // What was changed between the reading of the page and the beginning of the stream is read now.
  const all = () => refresh([...document.querySelectorAll("[data-live]")]);

  const source = new EventSource(url);
  kinds.forEach((kind) => source.addEventListener(kind, happened));
  source.addEventListener("tenantstream.ready", all);
  source.addEventListener("tenantstream.reset", all);
  const show = (on) => {
    if (!connection) return;
    connection.hidden = false;
    connection.dataset.state = on ? "on" : "off";
    connection.textContent = on ? "Live" : "Not live";
  };
  source.addEventListener("open", () => show(true));
  source.addEventListener("error", () => show(false));
})();
