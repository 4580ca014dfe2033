/** The commands of the panel; their arguments are deep links. */
export namespace CommandIDs {
  /** Shows the sidebar. */
  export const show = 'p2n:show';
  /** Opens a paper: `{ paperId: string, step?: 'paper' | 'claims' | 'plan' | 'run' | 'report' }`. */
  export const openPaper = 'p2n:open-paper';
  /** Walks a paper through all open steps: `{ paperId: string }`. */
  export const reproduce = 'p2n:reproduce';
  /** Asks for a PDF and takes it in. */
  export const upload = 'p2n:upload';
  /** Takes the sample paper in and opens it. */
  export const sample = 'p2n:sample';
}
