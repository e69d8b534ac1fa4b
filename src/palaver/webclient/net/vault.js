// @ts-check
/**
 * A few plain records in the browser's IndexedDB, which has them on disk when it says so; other stores wait for seconds.
 * @module
 */

const NAME = "palaver";
const STORE = "sessions";

/**
 * @param {IDBFactory | undefined} factory
 * @returns {import("./api.js").Vault | undefined} its promises are rejected where the browser keeps nothing for this page
 */
export function vaultOf(factory) {
  if (!factory) return undefined;
  /** @type {Promise<IDBDatabase> | null} */
  let opened = null;
  /**
   * @param {IDBTransactionMode} mode
   * @param {(store: IDBObjectStore) => IDBRequest} act
   * @returns {Promise<any>}
   */
  const doing = async (mode, act) => {
    const database = await (opened ??= open(factory));
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
      // Of a page that goes away, only what was finished in so many words is done.
      if (mode === "readwrite") transaction.commit?.();
    });
  };
  return {
    all: () => doing("readonly", (store) => store.getAll()),
    put: (key, record) => doing("readwrite", (store) => store.put(record, key)),
    remove: (key) => doing("readwrite", (store) => store.delete(key)),
  };
}

/**
 * @param {IDBFactory} factory
 * @returns {Promise<IDBDatabase>}
 */
function open(factory) {
  return new Promise((resolve, reject) => {
    const asked = factory.open(NAME, 1);
    asked.onupgradeneeded = () => void asked.result.createObjectStore(STORE);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}
