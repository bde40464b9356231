// Looks for what people with weak eyes would miss on a page (WCAG 2.2: 1.4.3 text, 1.4.11 controls and focus).

/** Runs in the page; gives a sentence for each text below 4.5:1 (large text 3:1), and each control's boundary or focus outline below 3:1. */
export function faintIn() {
  const canvas = [255, 255, 255];
  const faint = [];

  // r, g, b and alpha; the page's own colours are all written as such.
  const colour = text => {
    const numbers = text.match(/^rgba?\(([^)]*)\)$/)?.[1].split(/[\s,/]+/).map(Number);
    if (!numbers) throw new Error(`not a colour that is understood: ${text}`);
    return [...numbers, 1].slice(0, 4);
  };
  const mix = (over, under, alpha) => under.map((value, n) => over[n] * alpha + value * (1 - alpha));
  const lay = (text, under) => { const over = colour(text); return mix(over, under, over[3]); };
  const light = rgb => {
    const [r, g, b] = rgb.map(value => value / 255).map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, other) => {
    const [bright, dark] = [light(one), light(other)].sort((a, b) => b - a);
    return (bright + 0.05) / (dark + 0.05);
  };
  const way = element => element ? [...way(element.parentElement), element] : [];

  // The colours that come out at the end of a way from the root: the ground behind the element, its own, and what is drawn on that.
  const seen = (path, drawn, behind = canvas) => {
    const [style, ...rest] = [getComputedStyle(path[0]), ...path.slice(1)];
    const own = lay(style.backgroundColor, behind);
    const all = rest.length ? seen(rest, drawn, own) : { behind, own, drawn: drawn.map(each => lay(each, own)) };
    const through = each => mix(each, behind, Number(style.opacity));
    return { behind: all.behind === behind ? behind : through(all.behind), own: through(all.own), drawn: all.drawn.map(through) };
  };
  const name = element => `${element.localName}${element.id ? `#${element.id}` : ''}${element.className ? `.${element.className}` : ''} "${element.textContent.trim().slice(0, 24)}"`;
  const want = (element, what, got, wanted) => { if (got < wanted) faint.push(`${what} of ${name(element)}: ${got.toFixed(2)}, not ${wanted}`); };
  const shown = element => element.checkVisibility({ visibilityProperty: true }) && !element.closest('.hidden, option, :disabled');

  function lookAtText(element) {
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const { own, drawn: [ink] } = seen(way(element), [style.color]);
    want(element, 'text', ratio(ink, own), large ? 3 : 4.5);
    if (element.placeholder) {
      const placeholder = getComputedStyle(element, '::placeholder');
      const { drawn: [hint] } = seen(way(element), [placeholder.color]);
      want(element, 'placeholder', ratio(mix(hint, own, Number(placeholder.opacity)), own), 4.5);
    }
  }

  function lookAtBoundary(element) {
    const style = getComputedStyle(element);
    const { behind, own, drawn: [border] } = seen(way(element), [style.borderTopColor]);
    const bare = ratio(own, behind) < 1.01 && colour(style.borderTopColor)[3] === 0;
    if (bare && element.localName === 'button') return; // known by its words, which are looked at as text
    want(element, 'boundary', Math.max(ratio(own, behind), Math.min(ratio(border, behind), ratio(border, own))), 3);
  }

  function lookAtFocus(element) {
    document.activeElement?.blur(); // what has the focus already, by the mouse, would show no more than that
    element.focus({ focusVisible: true, preventScroll: true });
    if (document.activeElement !== element) return;
    const style = getComputedStyle(element);
    const drawn = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    const { behind, own, drawn: [outline] } = seen(way(element), [style.outlineColor]);
    want(element, 'focus', drawn ? ratio(outline, parseFloat(style.outlineOffset) < 0 ? own : behind) : 1, 3);
  }

  const focused = document.activeElement;
  const all = [...document.body.querySelectorAll('*')].filter(element => !(element instanceof SVGElement) && shown(element));
  const says = element => element.matches('input, select, textarea')
    || [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
  all.filter(says).forEach(lookAtText);
  all.filter(element => element.matches('button, input, select, textarea')).forEach(lookAtBoundary);
  all.filter(element => element.tabIndex >= 0).forEach(lookAtFocus);
  focused?.focus({ preventScroll: true });
  return [...new Set(faint)];
}
