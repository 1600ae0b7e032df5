// The theme asked for in the address, else the one remembered, else the system's. Runs before the first paint.
(() => {
  const query = new URLSearchParams(location.search);
  let theme = query.get("theme");
  try {
    theme ??= localStorage.getItem("pulseboard.theme");
  } catch {
    // Storage is blocked: the system's theme it is.
  }
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  document.documentElement.classList.toggle("wall", query.has("wall"));
})();
