import Foundation

/// Removes from an archive what serves no moment that it must be able to restore.
struct ArchiveRetention {
  let folder: ArchiveFolder
  let archive: ArchiveConfiguration

  /// A chain goes when the next one's first base is old enough; within a chain, whatever the newest base that is old enough does not need.
  func removeOld() throws {
    let horizon = archive.now() - archive.keepsFor.microseconds
    let chains = folder.chains()
    for (chain, next) in zip(chains, chains.dropFirst().map(Optional.some) + [nil]) {
      if let next, let first = bases(next).first, first.label.time <= horizon {
        try FileManager.default.removeItem(atPath: folder.chainPath(chain))
        archive.reach(.oldRemoved)
      } else if let anchor = bases(chain).last(where: { $0.label.time <= horizon }) {
        try remove(chain, before: anchor)
      }
    }
  }

  private func bases(_ chain: Int) -> [(number: Int, label: BaseLabel)] {
    folder.bases(chain).compactMap { number in
      folder.label(BaseLabel.self, folder.path(chain, ArchiveFolder.baseLabelName(number))).map { (number, $0) }
    }
  }

  /// The label of a base goes first, so that no label stands without its file.
  private func remove(_ chain: Int, before anchor: (number: Int, label: BaseLabel)) throws {
    var names = folder.bases(chain).filter { $0 < anchor.number }.flatMap { [ArchiveFolder.baseLabelName($0), ArchiveFolder.baseName($0)] }
    names += folder.pieces(chain).filter { $0.log < anchor.label.firstLog }.map(\.text)
    for name in names {
      guard unlink(folder.path(chain, name)) == 0 || errno == ENOENT else { throw FileFailure(errno) }
      archive.reach(.oldRemoved)
    }
  }
}
