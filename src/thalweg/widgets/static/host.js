// What a notebook gives a picture, for a page that stands alone: values to be read, set and listened to.

/** Shows a picture in an element; `values` are those that it reads. */
export function show(picture, values, el) {
  const heard = new Map();
  const model = {
    get: (name) => values[name],
    set(name, value) {
      if (values[name] === value) return;
      values[name] = value;
      for (const listener of heard.get(`change:${name}`) ?? []) listener();
    },
    on(event, listener) {
      heard.set(event, [...(heard.get(event) ?? []), listener]);
    },
    off(event, listener) {
      heard.set(event, (heard.get(event) ?? []).filter((one) => one !== listener));
    },
    save_changes() {},
  };
  try {
    picture.render({ model, el });
  } catch (error) { // an old browser: the calculation as it is without a program
    el.innerHTML = document.querySelector("noscript").textContent;
    throw error;
  }
  document.addEventListener("keydown", (event) => {
    if (el.contains(event.target)) return;
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    if (!el.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, ctrlKey, metaKey, altKey, cancelable: true }))) event.preventDefault();
  });
  return model;
}
