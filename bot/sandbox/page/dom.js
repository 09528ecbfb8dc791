/** Building DOM without markup: data only ever becomes text nodes and checked attributes. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element.
 * @param {string} tag
 * @param {Object} [props] Attributes; `on` holds listeners, `vars` CSS custom properties (set through
 *   CSSOM, which the page's Content-Security-Policy allows). `false`, `null` and `undefined` are left out.
 * @param {...(Node|string|null|false|Array)} children
 * @returns {HTMLElement}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  const { on = {}, vars = {}, ...attributes } = props;
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  for (const [name, value] of Object.entries(vars)) element.style.setProperty(name, value);
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener);
  element.append(...present(children));
  return element;
}

/** The children without gaps, nested arrays flattened. */
export function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/**
 * Make an icon from paths on a 20 × 20 grid; hidden from assistive technology.
 * @param {string[]} paths
 * @param {string} [className]
 * @returns {SVGElement}
 */
export function svg(paths, className = "icon") {
  const element = document.createElementNS(SVG, "svg");
  element.setAttribute("viewBox", "0 0 20 20");
  element.setAttribute("class", className);
  element.setAttribute("aria-hidden", "true");
  for (const d of paths) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    element.append(path);
  }
  return element;
}

/**
 * A complete web address that is safe to follow, or null.
 * @param {string} address
 * @returns {string|null}
 */
export function safeLink(address) {
  try {
    const url = new URL(address);
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

function setAttribute(element, name, value) {
  if (value === false || value === null || value === undefined) return;
  if (/^(on|style$)/i.test(name)) throw new TypeError(`${name} is not set from data`);
  element.setAttribute(name, value === true ? "" : String(value));
}
