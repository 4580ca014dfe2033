import type { TranslationBundle } from '@jupyterlab/translation';

import type { TraceSpan } from '../schemas';

/** Where work is done, in a person's language; a process that is not named here has its own name. */
export function processNames(trans: TranslationBundle): Record<string, string | undefined> {
  return {
    server: trans.__('server'),
    cli: trans.__('command line'),
    bridge: trans.__('bridge to Ray'),
    dispatcher: trans.__('dispatcher'),
    worker: trans.__('worker')
  };
}

export function spanStates(trans: TranslationBundle): Record<TraceSpan['status'], string> {
  return {
    ok: trans.__('done'),
    error: trans.__('failed'),
    lost: trans.__('lost with its process'),
    open: trans.__('under way')
  };
}

/** What a span is about, in words; one that is not known here has its own name. */
export function spanName(trans: TranslationBundle, { name, attributes }: TraceSpan): string {
  if (name === 'p2n.worker.cell' && typeof attributes.cell === 'number') {
    const label = typeof attributes.label === 'string' ? attributes.label : '';
    const cell = trans.__('Cell %1', attributes.cell + 1);
    return label ? `${cell}: ${label}` : cell;
  }
  if (name === 'p2n.worker.dataset' && typeof attributes.dataset === 'string') {
    return trans.__('Dataset %1', attributes.dataset);
  }
  const [, kind, ...rest] = name.split('.');
  const what = rest.join('.');
  const known = names(trans)[name];
  if (known) {
    return known;
  }
  switch (kind) {
    case 'api':
      return trans.__('Request: %1', what);
    case 'store':
      return trans.__('Store: %1', what);
    case 'agent':
      return trans.__('Model: %1', what);
    default:
      return name;
  }
}

function names(trans: TranslationBundle): Record<string, string | undefined> {
  return {
    'p2n.run': trans.__('The run'),
    'p2n.run.submit': trans.__('Handed over'),
    'p2n.run.keep': trans.__('Its end kept'),
    'p2n.bridge.submit': trans.__('Handed to Ray'),
    'p2n.dispatcher.task': trans.__('Ray task'),
    'p2n.dispatcher.wait': trans.__('Wait for a worker'),
    'p2n.worker': trans.__('Worker'),
    'p2n.worker.prepare': trans.__('Preparation'),
    'p2n.worker.prepare.environment': trans.__('Environment'),
    'p2n.worker.prepare.datasets': trans.__('Data'),
    'p2n.worker.exec': trans.__('Execution'),
    'p2n.worker.upload': trans.__('Upload'),
    'p2n.store.upload': trans.__('Artifact stored')
  };
}
