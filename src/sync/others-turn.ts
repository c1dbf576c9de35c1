/** Lets everything else that waits in this process do a piece of its work. */
export function othersTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}
