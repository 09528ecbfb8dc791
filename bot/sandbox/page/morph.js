/** Changing what is on the screen into what should be there, touching only what differs. */

/**
 * Make `from` equal to `to`. Nodes that stay keep their identity, so images do not flicker, and focus,
 * typed text and scroll positions survive. Children with `data-key` are matched by it, others by position.
 * A node whose `keep` property is the same in both stays as it is: it holds what a person chose or typed.
 * @param {Element} from An element in the document.
 * @param {Element} to A freshly rendered element; used up by the call.
 * @returns {Element} The element now in the document.
 */
export function morph(from, to) {
  if (!alike(from, to)) {
    from.replaceWith(to);
    return to;
  }
  if (from.keep !== undefined || to.keep !== undefined) return kept(from, to);
  morphAttributes(from, to);
  morphChildren(from, to);
  return from;
}

/** What holds a person's choice is taken over whole or left whole; a new one may `adopt` the old one's choice. */
function kept(from, to) {
  if (from.keep === to.keep) return from;
  to.adopt?.(from);
  from.replaceWith(to);
  return to;
}

function morphAttributes(from, to) {
  for (const { name } of [...from.attributes]) if (!to.hasAttribute(name)) from.removeAttribute(name);
  for (const { name, value } of to.attributes) {
    if (from.getAttribute(name) === value) continue;
    // The style attribute is closed to setAttribute by the Content-Security-Policy; CSSOM is not.
    if (name === "style") from.style.cssText = to.style.cssText;
    else from.setAttribute(name, value);
  }
}

function morphChildren(from, to) {
  const keyed = new Map([...from.children].filter(keyOf).map((child) => [keyOf(child), child]));
  let next = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const known = keyed.get(keyOf(wanted));
    if (known && known !== next) from.insertBefore(known, next);
    const current = known ?? (next && !keyOf(next) && alike(next, wanted) ? next : null);
    if (!current) {
      from.insertBefore(wanted, next);
      continue;
    }
    next = current.nextSibling;
    morphNode(current, wanted);
  }
  while (next) {
    const gone = next;
    next = next.nextSibling;
    gone.remove();
  }
}

function morphNode(from, to) {
  if (from.nodeType === Node.ELEMENT_NODE) morph(from, to);
  else if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
}

function alike(a, b) {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b);
}

function keyOf(node) {
  return node.dataset?.key;
}
