// Preload script: sends SIGKILL to its process when it sends to a socket for the n-th time (KILL_AT_WRITE). Prints how often
// it has sent, when it exits.
const { Socket } = require('node:net')

const moment = Number(process.env.KILL_AT_WRITE)
const { _writeGeneric } = Socket.prototype
let writes = 0
Socket.prototype._writeGeneric = function (...args) {
  // The channel to the embedded engine's process and the terminal do not count as moments.
  if (this !== process.stdout && this !== process.stderr && ++writes === moment)
    process.kill(process.pid, 'SIGKILL')
  return _writeGeneric.apply(this, args)
}
process.on('exit', () => console.error(`writes ${writes}`))
