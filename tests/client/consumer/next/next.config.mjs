// The types of the package are checked by the other consumers.
export default { typescript: { ignoreBuildErrors: true } }
