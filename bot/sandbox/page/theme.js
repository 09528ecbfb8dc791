/** Light, dark, or whatever the system says. */

const KEY = "masko-sandbox-theme";

/** The theme in force: `light` or `dark`. */
export function currentTheme() {
  const chosen = document.documentElement.dataset.theme;
  if (chosen) return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Apply the theme chosen earlier, if one was. */
export function restoreTheme() {
  const chosen = localStorage.getItem(KEY);
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
}

/**
 * Change to the other theme and remember it.
 * @returns {"light"|"dark"} The theme now in force.
 */
export function toggleTheme() {
  const theme = currentTheme() === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  localStorage.setItem(KEY, theme);
  return theme;
}
