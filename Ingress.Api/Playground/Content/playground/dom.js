// Small tools of the page: elements without markup strings, and times and sizes as people write them.

const SVG = 'http://www.w3.org/2000/svg';

export const byId = id => document.getElementById(id);

/** Makes an element; properties that are no attributes: `text`, `on` (listeners by type), `style` (custom properties). */
export function el(name, properties = {}, ...children) {
  return fill(document.createElement(name), properties, children);
}

/** Makes an SVG element. */
export function svg(name, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, name), properties, children);
}

function fill(element, { text, on = {}, style = {}, ...attributes }, children) {
  if (text !== undefined) element.textContent = text;
  for (const [type, listener] of Object.entries(on)) element.addEventListener(type, listener);
  for (const [property, value] of Object.entries(style)) element.style.setProperty(property, value);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(attribute, '');
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(attribute, value);
  }
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}

export function time(ms) {
  if (ms === null || ms === undefined) return '–';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 60_000) return `${Math.round(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

export function bytes(count) {
  if (count < 1024) return `${count} B`;
  return count < 1 << 20 ? `${(count / 1024).toFixed(1)} KiB` : `${(count / (1 << 20)).toFixed(1)} MiB`;
}

const due = new Set();

/**
 * Runs something before the next picture is drawn, once however often it is asked for meanwhile. What asks the browser for sizes belongs
 * here: asked with each message, they make it lay the page out for each, and a busy machine's page falls behind what it shows.
 */
export function beforePicture(work) {
  if (due.size === 0) requestAnimationFrame(drawDue);
  due.add(work);
}

function drawDue() {
  const all = [...due];
  due.clear();
  for (const work of all) work();
}

/** Says something to whoever listens to the page instead of looking at it. */
export function announce(text) {
  byId('announcer').textContent = text;
}
