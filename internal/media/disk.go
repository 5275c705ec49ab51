package media

import (
	"io"
	"os"
)

// FS is the part of a file system a recorder needs. Tests inject full disks and power cuts here.
type FS interface {
	// Create makes a new file for reading and writing; it fails if there is one.
	Create(path string) (File, error)
	// Open opens an existing file for reading and writing.
	Open(path string) (File, error)
	// SyncDir makes the folder's entries durable.
	SyncDir(dir string) error
}

// File is an open recording.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Size() (int64, error)
	Truncate(size int64) error
	// Sync makes what was written durable.
	Sync() error
}

// beginner is a File whose data can be sent on its way without waiting, which makes Sync cheaper for many
// files at a time.
type beginner interface{ BeginSync() }

// Disk is the machine's file system. It lets only a few files sync at a time, so that hundreds of
// recordings on a slow disk do not hold hundreds of threads.
type Disk struct{ syncs chan struct{} }

// NewDisk makes a Disk with that many concurrent syncs; 0 means 4.
func NewDisk(syncs int) *Disk {
	if syncs <= 0 {
		syncs = 4
	}
	return &Disk{make(chan struct{}, syncs)}
}

// Create implements FS.
func (d *Disk) Create(path string) (File, error) {
	return d.open(path, os.O_RDWR|os.O_CREATE|os.O_EXCL)
}

// Open implements FS.
func (d *Disk) Open(path string) (File, error) { return d.open(path, os.O_RDWR) }

func (d *Disk) open(path string, flag int) (File, error) {
	f, err := os.OpenFile(path, flag, 0o600)
	if err != nil {
		return nil, err
	}
	return diskFile{f, d}, nil
}

// SyncDir implements FS.
func (d *Disk) SyncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

type diskFile struct {
	*os.File
	disk *Disk
}

func (f diskFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Sync implements File.
func (f diskFile) Sync() error {
	f.disk.syncs <- struct{}{}
	defer func() { <-f.disk.syncs }()
	return syncData(f.File)
}

// BeginSync implements beginner.
func (f diskFile) BeginSync() { beginSync(f.File) }
