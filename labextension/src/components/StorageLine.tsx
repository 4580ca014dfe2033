import * as React from 'react';

import { ago, bytes } from '../format';
import type { Storage, StorageItem, StorageKept, StorageKind } from '../schemas';
import { usePanel } from './context';
import { Bar, Button, Problem } from './parts';

const SHOWN = 100;
const ASK_AGAIN_MS = 3000;

/** What P2N takes on disk, in a line; what it is and the means to remove it on demand. */
export function StorageLine(): React.JSX.Element {
  const { workbench, trans } = usePanel();
  const [open, setOpen] = React.useState(false);
  const [storage, setStorage] = React.useState<Storage | null>(null);
  const [reason, setReason] = React.useState<unknown>(null);

  const load = React.useCallback(async () => {
    try {
      setStorage(await workbench.api.storage());
      setReason(null);
    } catch (error) {
      setReason(error);
    }
  }, [workbench]);

  React.useEffect(() => {
    if (open) {
      void load();
    }
  }, [open, load]);

  React.useEffect(() => {
    if (!open || !storage?.measuring) {
      return;
    }
    const timer = setTimeout(() => void load(), ASK_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [open, storage, load]);

  const total = (storage?.groups ?? []).reduce((sum, group) => sum + (group.size_bytes ?? 0), 0);
  return (
    <section className="p2n-Storage" aria-label={trans.__('Space on disk')}>
      <header>
        <button
          type="button"
          className="p2n-Doctor-summary"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {open && storage
            ? trans.__('Space used: %1, %2 free', bytes(total), bytes(storage.free_bytes))
            : trans.__('Space used')}
        </button>
      </header>
      {open && (
        <>
          {reason !== null && <Problem reason={reason} onRetry={() => void load()} />}
          {storage?.problem && <p className="p2n-Muted">{storage.problem}</p>}
          {storage === null && reason === null && <Bar value={null} label={trans.__('Loading')} />}
          {storage?.groups.map(group => (
            <Group
              key={group.kind}
              kind={group.kind}
              size={group.size_bytes}
              items={storage.items.filter(item => item.kind === group.kind)}
              onRemoved={() => {
                void load();
                void workbench.refresh();
              }}
            />
          ))}
          {storage?.measuring && (
            <p className="p2n-Muted" role="status">
              {trans.__('Measuring …')}
            </p>
          )}
        </>
      )}
    </section>
  );
}

interface IGroupProps {
  kind: StorageKind;
  size: number | null;
  items: StorageItem[];
  onRemoved: () => void;
}

function Group({ kind, size, items, onRemoved }: IGroupProps): React.JSX.Element {
  const { workbench, trans, confirm } = usePanel();
  const [chosen, setChosen] = React.useState<ReadonlySet<string>>(new Set());
  const [busy, setBusy] = React.useState(false);
  const [kept, setKept] = React.useState<StorageKept[]>([]);
  const [reason, setReason] = React.useState<unknown>(null);
  const now = Date.now();
  const titles: Record<StorageKind, string> = {
    run: trans.__('Runs'),
    environment: trans.__('Environments'),
    dataset: trans.__('Datasets, ready for runs'),
    upload: trans.__('Uploaded datasets'),
    paper: trans.__('Papers'),
    image: trans.__('Images'),
    wheels: trans.__('Cache of packages')
  };

  const remove = async () => {
    const wanted = items.filter(item => chosen.has(item.id));
    const agreed = await confirm(
      trans._n('Remove %1 item?', 'Remove %1 items?', wanted.length),
      wanted
        .map(item => item.label)
        .slice(0, 5)
        .join(', '),
      trans.__('Remove')
    );
    if (!agreed) {
      return;
    }
    setBusy(true);
    try {
      const keys = wanted.map(({ id }) => ({ kind, id }));
      setKept((await workbench.api.deleteStored(keys)).kept);
      setChosen(new Set());
      setReason(null);
      onRemoved();
    } catch (error) {
      setReason(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <details className="p2n-Storage-group">
      <summary>
        {titles[kind]} <span className="p2n-Count">{items.length || ''}</span>{' '}
        <span className="p2n-Muted">{size === null ? '' : bytes(size)}</span>
      </summary>
      {reason !== null && <Problem reason={reason} onDismiss={() => setReason(null)} />}
      {kept.map(item => (
        <p key={item.id} className="p2n-Muted" role="status">
          {trans.__('%1 stays: %2', item.id, item.reason)}
        </p>
      ))}
      <ul>
        {items.slice(0, SHOWN).map(item => (
          <li key={item.id}>
            <label>
              <input
                type="checkbox"
                checked={chosen.has(item.id)}
                disabled={item.in_use || busy}
                onChange={event => {
                  const next = new Set(chosen);
                  if (event.target.checked) {
                    next.add(item.id);
                  } else {
                    next.delete(item.id);
                  }
                  setChosen(next);
                }}
              />
              <span title={item.id}>{item.label || item.id}</span>
            </label>
            <span className="p2n-Muted">
              {item.size_bytes === null ? '' : bytes(item.size_bytes)}
              {item.in_use
                ? ` · ${trans.__('in use')}`
                : item.last_used_at
                  ? ` · ${trans.__('used %1', ago(trans, item.last_used_at, now))}`
                  : ''}
            </span>
          </li>
        ))}
      </ul>
      {items.length > SHOWN && (
        <p className="p2n-Muted">{trans.__('and %1 more', items.length - SHOWN)}</p>
      )}
      {chosen.size > 0 && (
        <Button small kind="danger" disabled={busy} onClick={() => void remove()}>
          {trans._n('Remove %1 item', 'Remove %1 items', chosen.size)}
        </Button>
      )}
    </details>
  );
}
