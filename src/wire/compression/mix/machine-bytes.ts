/** How many bytes a machine takes at once, of payload and of coded bytes alike. */
export const machineBytes = 32 * 1024
