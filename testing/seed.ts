const { PACKETBOAT_SEED } = process.env

/** Seed of the property tests: from the environment, or one that never changes. */
export const seed = Number(PACKETBOAT_SEED ?? 20240607)
