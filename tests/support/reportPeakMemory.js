// Required by a node program before its own code: says at its end how much memory it held at most, in bytes.
process.on('exit', () => console.error(`peak memory ${process.resourceUsage().maxRSS * 1024}`))
