"""What a page is asked in order to know whether everybody can use it: scripts that list what is wrong."""

from __future__ import annotations

NAMELESS = """
() => [...document.querySelectorAll("button, a, input, textarea, select")]
  .filter((control) => control.checkVisibility())
  .filter((control) => !(control.getAttribute("aria-label") || control.getAttribute("aria-labelledby")
    || control.labels?.length || control.textContent.trim() || control.title))
  .map((control) => control.outerHTML.slice(0, 120))
"""
"""The controls in sight that assistive technology would find without a name (WCAG 2.2, 4.1.2)."""

FAINT = """
() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const over = (top, below) =>
    top.slice(0, 3).map((value, at) => (value * top[3] + below[at] * (255 - top[3])) / 255);
  const behind = (element) => {
    if (!element) return [255, 255, 255];
    const { backgroundColor, backgroundImage } = getComputedStyle(element);
    if (backgroundImage !== "none") return null;
    const own = rgba(backgroundColor);
    if (own[3] === 255) return own.slice(0, 3);
    const below = behind(element.parentElement);
    return below && over(own, below);
  };
  const light = (color) => color
    .map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
  const faint = [];
  const walker = document.createTreeWalker(document.querySelector("#app"), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.nodeValue.trim() || !element.checkVisibility({ opacityProperty: true })) continue;
    const back = behind(element);
    if (!back) continue;
    const front = over(rgba(getComputedStyle(element).color), back);
    const [dark, bright] = [light(front), light(back)].sort((one, other) => one - other);
    const contrast = (bright + 0.05) / (dark + 0.05);
    const where = `${element.className} ${node.nodeValue.trim().slice(0, 30)}`;
    if (contrast < 4.5) faint.push(`${contrast.toFixed(2)} ${where}`);
  }
  return faint;
}
"""
"""The texts in sight with a contrast under 4.5 to what is behind them (WCAG 2.2, 1.4.3)."""
