// Loaded before emulate, which would listen on every interface: whatever listens, listens on 127.0.0.1.
const { Server } = require("node:net");
const listen = Server.prototype.listen;

Server.prototype.listen = function (first, ...rest) {
  if (first !== null && typeof first === "object" && "port" in first) {
    return listen.call(this, { ...first, host: "127.0.0.1" }, ...rest);
  }
  const done = rest.filter((argument) => typeof argument === "function");
  return listen.call(this, Number(first), "127.0.0.1", ...done);
};
