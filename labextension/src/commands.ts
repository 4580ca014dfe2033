/** The commands of the panel; their arguments are deep links. */
export namespace CommandIDs {
  /** Shows the sidebar. */
  export const show = 'p2n:show';
  /** Opens a paper: `{ paperId: string, step?: 'paper' | 'claims' | 'plan' | 'run' | 'report' | 'story' }`. */
  export const openPaper = 'p2n:open-paper';
  /** Opens a run that belongs to no paper: `{ runId: string }`. */
  export const openRun = 'p2n:open-run';
  /** Walks a paper through all open steps: `{ paperId: string }`. */
  export const reproduce = 'p2n:reproduce';
  /** Takes in PDFs of the person's files: `{ path?: string }`; without, those selected in the file browser. */
  export const reproduceFile = 'p2n:reproduce-file';
  /** Asks for a PDF and takes it in. */
  export const upload = 'p2n:upload';
  /** Takes a PDF in from its address: `{ url?: string }`; without, it asks for one. */
  export const addUrl = 'p2n:add-url';
  /** Takes the sample paper in and opens it. */
  export const sample = 'p2n:sample';
  /**
   * Runs a notebook of the person's files in the sandbox: `{ path?: string }`; without, the one selected in the
   * file browser. One that was made from a plan runs as that plan's edited notebook.
   */
  export const runNotebook = 'p2n:run-notebook';
  /** Follows the address of the page: `…/lab?p2n=<paper>&step=<step>`. */
  export const route = 'p2n:route';
}
