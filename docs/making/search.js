// How is the name of an option searched for? A dash before a word would mean "without it", two are refused.
const QUERY = 2; // the theme's own number of the message that asks its worker
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (message, ...rest) {
  const asks = message && message.type === QUERY && typeof message.data === "string";
  return post.call(this, asks ? { ...message, data: message.data.replace(/(^|\s)-+/g, "$1") } : message, ...rest);
};
