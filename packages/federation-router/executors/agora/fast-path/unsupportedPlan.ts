/** An operation, or a part of it, that is left to the complete path. */
export class UnsupportedPlan extends Error {}
