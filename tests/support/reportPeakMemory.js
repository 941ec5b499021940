// Preload script: prints the peak memory of the process, in bytes, when it exits.
process.on('exit', () => console.error(`peak memory ${process.resourceUsage().maxRSS * 1024}`))
